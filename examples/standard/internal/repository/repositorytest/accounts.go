package repositorytest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
)

func testUsers(t *testing.T, newStore func(t *testing.T) repository.Store) {
	newRepo := func(t *testing.T) auth.UserRepository {
		t.Helper()
		return newStore(t).Repositories().Users
	}

	t.Run("a user is found by ID and by email", func(t *testing.T) {
		repo, newcomer, user := newRepo(t), sampleUser(1), sampleUser(2)
		newcomer.LastLoginAt = nil
		require.NoError(t, repo.Create(t.Context(), newcomer))
		require.NoError(t, repo.Create(t.Context(), user))

		for _, want := range []models.User{newcomer, user} {
			read, err := repo.Get(t.Context(), want.ID)
			require.NoError(t, err)
			require.Equal(t, want, read)
			read, err = repo.ByEmail(t.Context(), want.Email)
			require.NoError(t, err)
			require.Equal(t, want, read)
		}
		listed, err := repo.List(t.Context(), models.PageRequest{Limit: 2})
		require.NoError(t, err)
		require.Equal(t, []models.User{user, newcomer}, listed)
	})

	t.Run("a missing user is not found", func(t *testing.T) {
		repo := newRepo(t)
		_, err := repo.Get(t.Context(), newID())
		requireKind(t, apperr.NotFound, err)
		_, err = repo.ByEmail(t.Context(), "nobody@example.com")
		requireKind(t, apperr.NotFound, err)
		_, err = repo.Update(t.Context(), newID(), func(*models.User) error {
			t.Error("change must not be called")
			return nil
		})
		requireKind(t, apperr.NotFound, err)
		requireKind(t, apperr.NotFound, repo.Delete(t.Context(), newID()))
	})

	t.Run("emails are unique", func(t *testing.T) {
		repo, user, other := newRepo(t), sampleUser(1), sampleUser(2)
		other.Email = user.Email
		require.NoError(t, repo.Create(t.Context(), user))
		requireTaken(t, "email", repo.Create(t.Context(), other))
	})

	t.Run("a user can be changed", func(t *testing.T) {
		repo, user := newRepo(t), sampleUser(1)
		require.NoError(t, repo.Create(t.Context(), user))
		login := user.LastLoginAt.Add(time.Second)
		change := func(user *models.User) error {
			user.Role, user.PasswordHash, user.Disabled, user.LastLoginAt = models.RoleAdmin, "new", true, new(login)
			return nil
		}
		changed, err := repo.Update(t.Context(), user.ID, change)
		require.NoError(t, err)
		require.NoError(t, change(&user))
		require.Equal(t, user, changed)

		read, err := repo.Get(t.Context(), user.ID)
		require.NoError(t, err)
		require.Equal(t, user, read)
	})

	t.Run("concurrent changes are not lost", func(t *testing.T) {
		repo, user := newRepo(t), sampleUser(1)
		require.NoError(t, repo.Create(t.Context(), user))
		const changes = 20
		failures := make(chan error, changes)
		var running sync.WaitGroup
		for range changes {
			running.Go(func() {
				_, err := repo.Update(t.Context(), user.ID, func(user *models.User) error {
					user.PasswordHash += "x"
					return nil
				})
				failures <- err
			})
		}
		running.Wait()
		for range changes {
			require.NoError(t, <-failures)
		}
		read, err := repo.Get(t.Context(), user.ID)
		require.NoError(t, err)
		require.Len(t, read.PasswordHash, len(user.PasswordHash)+changes)
	})

	t.Run("a failed change stores nothing", func(t *testing.T) {
		repo, user, refused := newRepo(t), sampleUser(1), errors.New("refused")
		login := *user.LastLoginAt
		require.NoError(t, repo.Create(t.Context(), user))
		_, err := repo.Update(t.Context(), user.ID, func(user *models.User) error {
			user.Role, *user.LastLoginAt = models.RoleAdmin, login.Add(time.Hour)
			return refused
		})
		require.ErrorIs(t, err, refused)

		read, err := repo.Get(t.Context(), user.ID)
		require.NoError(t, err)
		require.Equal(t, user, read)
		require.Equal(t, login, *read.LastLoginAt)
	})

	t.Run("a deleted user is gone, and its email is free", func(t *testing.T) {
		repo, user, other := newRepo(t), sampleUser(1), sampleUser(2)
		require.NoError(t, repo.Create(t.Context(), user))
		require.NoError(t, repo.Create(t.Context(), other))
		require.NoError(t, repo.Delete(t.Context(), user.ID))

		_, err := repo.Get(t.Context(), user.ID)
		requireKind(t, apperr.NotFound, err)
		_, err = repo.Get(t.Context(), other.ID)
		require.NoError(t, err)
		require.NoError(t, repo.Create(t.Context(), user))
	})

	t.Run("pages contain every user once, newest first", func(t *testing.T) {
		repo := newRepo(t)
		var newest []uuid.UUID
		for n := range 5 {
			user := sampleUser(n)
			require.NoError(t, repo.Create(t.Context(), user))
			newest = append([]uuid.UUID{user.ID}, newest...)
		}

		var listed []uuid.UUID
		page := models.PageRequest{Limit: 2}
		for range 3 {
			users, err := repo.List(t.Context(), page)
			require.NoError(t, err)
			for _, user := range users {
				listed = append(listed, user.ID)
			}
			page.After = &models.PagePosition{ID: listed[len(listed)-1]}
		}
		require.Equal(t, newest, listed)
	})
}

// sampleUser returns a user that differs for each n.
func sampleUser(n int) models.User {
	now := models.StoredTime(time.Now())
	return models.User{
		ID:           newID(),
		Email:        fmt.Sprintf("zoë+%d@example.com", n),
		PasswordHash: "hash",
		Role:         models.RoleUser,
		CreatedAt:    now,
		LastLoginAt:  new(now.Add(time.Hour)),
	}
}

func testSessions(t *testing.T, newStore func(t *testing.T) repository.Store) {
	newRepo := func(t *testing.T) (auth.SessionRepository, [2]uuid.UUID) {
		t.Helper()
		f := newFixture(t, newStore)
		return f.Sessions, [2]uuid.UUID{f.newOwner(), f.newOwner()}
	}
	now := models.StoredTime(time.Now())

	t.Run("a session is stored exactly", func(t *testing.T) {
		repo, users := newRepo(t)
		session := sampleSession(users[0], now)
		require.NoError(t, repo.Create(t.Context(), session))
		read, err := repo.Get(t.Context(), session.ID)
		require.NoError(t, err)
		require.Equal(t, session, read)
		requireKind(t, apperr.Conflict, repo.Create(t.Context(), session))
	})

	t.Run("a session can be changed", func(t *testing.T) {
		repo, users := newRepo(t)
		session := sampleSession(users[0], now)
		require.NoError(t, repo.Create(t.Context(), session))
		next := sampleSession(users[0], now)
		change := func(session *models.Session) error {
			session.PreviousHash, session.ReplacedAt = session.TokenHash, new(now.Add(time.Second))
			session.TokenHash, session.LastUsedAt = next.TokenHash, now.Add(time.Second)
			return nil
		}
		changed, err := repo.Update(t.Context(), session.ID, change)
		require.NoError(t, err)
		require.NoError(t, change(&session))
		require.Equal(t, session, changed)
		read, err := repo.Get(t.Context(), session.ID)
		require.NoError(t, err)
		require.Equal(t, session, read)
	})

	t.Run("a failed change stores nothing", func(t *testing.T) {
		repo, users := newRepo(t)
		session, refused := sampleSession(users[0], now), errors.New("refused")
		hash := bytes.Clone(session.TokenHash)
		require.NoError(t, repo.Create(t.Context(), session))
		_, err := repo.Update(t.Context(), session.ID, func(session *models.Session) error {
			session.TokenHash[0]++
			session.UserAgent = "changed"
			return refused
		})
		require.ErrorIs(t, err, refused)
		read, err := repo.Get(t.Context(), session.ID)
		require.NoError(t, err)
		require.Equal(t, session, read)
		require.Equal(t, hash, read.TokenHash)
	})

	t.Run("concurrent changes are not lost", func(t *testing.T) {
		repo, users := newRepo(t)
		session := sampleSession(users[0], now)
		require.NoError(t, repo.Create(t.Context(), session))
		const changes = 20
		failures := make(chan error, changes)
		var running sync.WaitGroup
		for range changes {
			running.Go(func() {
				_, err := repo.Update(t.Context(), session.ID, func(session *models.Session) error {
					session.UserAgent += "x"
					return nil
				})
				failures <- err
			})
		}
		running.Wait()
		for range changes {
			require.NoError(t, <-failures)
		}
		read, err := repo.Get(t.Context(), session.ID)
		require.NoError(t, err)
		require.Len(t, read.UserAgent, len(session.UserAgent)+changes)
	})

	t.Run("a missing session is not found", func(t *testing.T) {
		repo, _ := newRepo(t)
		_, err := repo.Get(t.Context(), newID())
		requireKind(t, apperr.NotFound, err)
		_, err = repo.Update(t.Context(), newID(), func(*models.Session) error {
			t.Error("change must not be called")
			return nil
		})
		requireKind(t, apperr.NotFound, err)
		require.NoError(t, repo.Delete(t.Context(), newID()))
	})

	t.Run("the sessions of a user are listed, newest first", func(t *testing.T) {
		repo, users := newRepo(t)
		var newest []models.Session
		for range 3 {
			session := sampleSession(users[0], now)
			require.NoError(t, repo.Create(t.Context(), session))
			newest = append([]models.Session{session}, newest...)
		}
		require.NoError(t, repo.Create(t.Context(), sampleSession(users[1], now)))

		found, err := repo.OfUser(t.Context(), users[0], 9)
		require.NoError(t, err)
		require.Equal(t, newest, found)
		found, err = repo.OfUser(t.Context(), users[0], 2)
		require.NoError(t, err)
		require.Equal(t, newest[:2], found)
	})

	t.Run("only the session with the ID is deleted", func(t *testing.T) {
		repo, users := newRepo(t)
		session, other := sampleSession(users[0], now), sampleSession(users[0], now)
		require.NoError(t, repo.Create(t.Context(), session))
		require.NoError(t, repo.Create(t.Context(), other))
		require.NoError(t, repo.Delete(t.Context(), session.ID))

		_, err := repo.Get(t.Context(), session.ID)
		requireKind(t, apperr.NotFound, err)
		_, err = repo.Get(t.Context(), other.ID)
		require.NoError(t, err)
	})

	t.Run("all sessions of a user except one are deleted", func(t *testing.T) {
		repo, users := newRepo(t)
		current, other, stranger := sampleSession(users[0], now), sampleSession(users[0], now), sampleSession(users[1], now)
		for _, session := range []models.Session{current, other, stranger} {
			require.NoError(t, repo.Create(t.Context(), session))
		}
		require.NoError(t, repo.DeleteOfUser(t.Context(), users[0], current.ID))
		found, err := repo.OfUser(t.Context(), users[0], 9)
		require.NoError(t, err)
		require.Equal(t, []models.Session{current}, found)

		require.NoError(t, repo.DeleteOfUser(t.Context(), users[0], uuid.Nil))
		found, err = repo.OfUser(t.Context(), users[0], 9)
		require.NoError(t, err)
		require.Empty(t, found)
		_, err = repo.Get(t.Context(), stranger.ID)
		require.NoError(t, err)
	})

	t.Run("expired sessions are deleted in batches", func(t *testing.T) {
		repo, users := newRepo(t)
		expiring, ok := repo.(auth.ExpiringSessions)
		if !ok {
			t.Skip("the database deletes them")
		}
		alive := sampleSession(users[0], now)
		require.NoError(t, repo.Create(t.Context(), alive))
		for range 3 {
			expired := sampleSession(users[0], now)
			expired.ExpiresAt = now
			require.NoError(t, repo.Create(t.Context(), expired))
		}

		for _, want := range []int64{2, 1, 0} {
			deleted, err := expiring.DeleteExpired(t.Context(), now, 2)
			require.NoError(t, err)
			require.Equal(t, want, deleted)
		}
		_, err := repo.Get(t.Context(), alive.ID)
		require.NoError(t, err)
	})
}

func sampleSession(user uuid.UUID, now time.Time) models.Session {
	id := newID()
	hash := sha256.Sum256(id[:])
	return models.Session{
		ID:         id,
		UserID:     user,
		TokenHash:  hash[:],
		CreatedAt:  now,
		LastUsedAt: now,
		ExpiresAt:  now.Add(time.Hour),
		UserAgent:  "Zoë's browser/1.0",
		Address:    "2001:db8::1",
	}
}
