package repositorytest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository"
)

func testUsers(t *testing.T, newStore func(t *testing.T) repository.Store) {
	newRepo := func(t *testing.T) auth.UserRepository {
		t.Helper()
		return newStore(t).Repositories().Users
	}

	t.Run("a user is found by ID and by email", func(t *testing.T) {
		repo, user := newRepo(t), sampleUser(1)
		require.NoError(t, repo.Create(t.Context(), user))
		require.NoError(t, repo.Create(t.Context(), sampleUser(2)))

		read, err := repo.Get(t.Context(), user.ID)
		require.NoError(t, err)
		require.Equal(t, user, read)
		read, err = repo.ByEmail(t.Context(), user.Email)
		require.NoError(t, err)
		require.Equal(t, user, read)
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
		changed, err := repo.Update(t.Context(), user.ID, func(user *models.User) error {
			user.Role, user.PasswordHash, user.Disabled = models.RoleAdmin, "new", true
			return nil
		})
		require.NoError(t, err)
		user.Role, user.PasswordHash, user.Disabled = models.RoleAdmin, "new", true
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
		require.NoError(t, repo.Create(t.Context(), user))
		_, err := repo.Update(t.Context(), user.ID, func(user *models.User) error {
			user.Role = models.RoleAdmin
			return refused
		})
		require.ErrorIs(t, err, refused)

		read, err := repo.Get(t.Context(), user.ID)
		require.NoError(t, err)
		require.Equal(t, user, read)
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
	return models.User{
		ID:           newID(),
		Email:        fmt.Sprintf("zoë+%d@example.com", n),
		PasswordHash: "hash",
		Role:         models.RoleUser,
		CreatedAt:    models.StoredTime(time.Now()),
	}
}
