package repositorytest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
)

// RefreshTokens tests a repository of refresh tokens. NewRepo returns an empty
// one, and the id of a user whom the tokens may belong to.
func RefreshTokens(t *testing.T, newRepo func(t *testing.T) (auth.RefreshTokenRepository, uuid.UUID)) {
	now := time.Now().UTC().Truncate(time.Microsecond)

	t.Run("a token is used once", func(t *testing.T) {
		repo, user := newRepo(t)
		token := sampleRefreshToken(user, now)
		require.NoError(t, repo.Create(t.Context(), token))

		used, err := repo.Use(t.Context(), token.Hash, now)
		require.NoError(t, err)
		token.UsedAt = &now
		require.Equal(t, token, used)

		used, err = repo.Use(t.Context(), token.Hash, now.Add(time.Second))
		requireKind(t, apperr.Stale, err)
		require.Equal(t, token, used)
	})

	t.Run("of parallel uses exactly one wins", func(t *testing.T) {
		repo, user := newRepo(t)
		token := sampleRefreshToken(user, now)
		require.NoError(t, repo.Create(t.Context(), token))

		const uses = 20
		failures := make(chan error, uses)
		for range uses {
			go func() {
				_, err := repo.Use(t.Context(), token.Hash, now)
				failures <- err
			}()
		}
		won := 0
		for range uses {
			err := <-failures
			if err == nil {
				won++
				continue
			}
			requireKind(t, apperr.Stale, err)
		}
		require.Equal(t, 1, won)
	})

	t.Run("a token that nobody knows is not found", func(t *testing.T) {
		repo, _ := newRepo(t)
		_, err := repo.Use(t.Context(), []byte("unknown"), now)
		requireKind(t, apperr.NotFound, err)
	})

	t.Run("no two tokens share a hash", func(t *testing.T) {
		repo, user := newRepo(t)
		token, other := sampleRefreshToken(user, now), sampleRefreshToken(user, now)
		other.Hash = token.Hash
		require.NoError(t, repo.Create(t.Context(), token))
		requireKind(t, apperr.Conflict, repo.Create(t.Context(), other))
	})

	t.Run("a family is revoked with those of its tokens that come later", func(t *testing.T) {
		repo, user := newRepo(t)
		first, second, stranger := sampleRefreshToken(user, now), sampleRefreshToken(user, now), sampleRefreshToken(user, now)
		second.FamilyID = first.FamilyID
		require.NoError(t, repo.Create(t.Context(), first))
		require.NoError(t, repo.Create(t.Context(), stranger))
		require.NoError(t, repo.RevokeFamily(t.Context(), first.FamilyID, now))
		require.NoError(t, repo.Create(t.Context(), second))

		for _, token := range []models.RefreshToken{first, second} {
			used, err := repo.Use(t.Context(), token.Hash, now)
			require.NoError(t, err)
			require.Equal(t, &now, used.RevokedAt)
		}
		used, err := repo.Use(t.Context(), stranger.Hash, now)
		require.NoError(t, err)
		require.Nil(t, used.RevokedAt)
	})

	t.Run("all tokens of a user are revoked", func(t *testing.T) {
		repo, user := newRepo(t)
		first, second := sampleRefreshToken(user, now), sampleRefreshToken(user, now)
		require.NoError(t, repo.Create(t.Context(), first))
		require.NoError(t, repo.Create(t.Context(), second))
		require.NoError(t, repo.RevokeUser(t.Context(), newID(), now))
		require.NoError(t, repo.RevokeUser(t.Context(), user, now.Add(time.Second)))
		require.NoError(t, repo.RevokeUser(t.Context(), user, now.Add(time.Minute)))

		for _, token := range []models.RefreshToken{first, second} {
			used, err := repo.Use(t.Context(), token.Hash, now)
			require.NoError(t, err)
			require.Equal(t, now.Add(time.Second), *used.RevokedAt)
		}
	})

	t.Run("a family is deleted when its last token has expired", func(t *testing.T) {
		repo, user := newRepo(t)
		old, successor, expired := sampleRefreshToken(user, now), sampleRefreshToken(user, now), sampleRefreshToken(user, now)
		old.ExpiresAt, expired.ExpiresAt = now, now
		successor.FamilyID = old.FamilyID
		for _, token := range []models.RefreshToken{old, successor, expired} {
			require.NoError(t, repo.Create(t.Context(), token))
		}

		deleted, err := repo.DeleteExpired(t.Context(), now)
		require.NoError(t, err)
		require.EqualValues(t, 1, deleted)
		_, err = repo.Use(t.Context(), expired.Hash, now)
		requireKind(t, apperr.NotFound, err)
		_, err = repo.Use(t.Context(), old.Hash, now)
		require.NoError(t, err)
	})
}

func sampleRefreshToken(user uuid.UUID, now time.Time) models.RefreshToken {
	id := newID()
	hash := sha256.Sum256(id[:])
	return models.RefreshToken{
		ID:        id,
		FamilyID:  newID(),
		UserID:    user,
		Hash:      hash[:],
		CreatedAt: now,
		ExpiresAt: now.Add(time.Hour),
	}
}
