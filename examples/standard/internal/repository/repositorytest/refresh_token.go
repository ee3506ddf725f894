package repositorytest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
)

// RefreshTokens tests a repository of refresh tokens. NewRepo returns an empty
// repository and the ID of a user that can own tokens.
func RefreshTokens(t *testing.T, newRepo func(t *testing.T) (auth.RefreshTokenRepository, uuid.UUID)) {
	now := time.Now().UTC().Truncate(time.Microsecond)

	t.Run("a token can be exchanged once", func(t *testing.T) {
		repo, user := newRepo(t)
		token := sampleRefreshToken(user, now)
		next, late := successor(token, now), successor(token, now)
		require.NoError(t, repo.Create(t.Context(), token))
		read, err := repo.ByHash(t.Context(), token.Hash)
		require.NoError(t, err)
		require.Equal(t, token, read)

		require.NoError(t, repo.Exchange(t.Context(), token.Hash, next, now))
		requireKind(t, apperr.Stale, repo.Exchange(t.Context(), token.Hash, late, now.Add(time.Second)))

		read, err = repo.ByHash(t.Context(), token.Hash)
		require.NoError(t, err)
		token.UsedAt = &now
		require.Equal(t, token, read)
		read, err = repo.ByHash(t.Context(), next.Hash)
		require.NoError(t, err)
		require.Equal(t, next, read)
	})

	t.Run("exactly one of several concurrent exchanges succeeds", func(t *testing.T) {
		repo, user := newRepo(t)
		token := sampleRefreshToken(user, now)
		require.NoError(t, repo.Create(t.Context(), token))

		const exchanges = 20
		failures := make(chan error, exchanges)
		for range exchanges {
			go func() {
				failures <- repo.Exchange(t.Context(), token.Hash, successor(token, now), now)
			}()
		}
		won := 0
		for range exchanges {
			err := <-failures
			if err == nil {
				won++
				continue
			}
			requireKind(t, apperr.Stale, err)
		}
		require.Equal(t, 1, won)
	})

	t.Run("a failed exchange does not use up the token", func(t *testing.T) {
		repo, user := newRepo(t)
		token := sampleRefreshToken(user, now)
		next, impossible := successor(token, now), successor(token, now)
		impossible.Hash = token.Hash
		require.NoError(t, repo.Create(t.Context(), token))
		requireKind(t, apperr.Conflict, repo.Exchange(t.Context(), token.Hash, impossible, now))
		require.NoError(t, repo.Exchange(t.Context(), token.Hash, next, now))
	})

	t.Run("a revoked token cannot be exchanged", func(t *testing.T) {
		repo, user := newRepo(t)
		token := sampleRefreshToken(user, now)
		require.NoError(t, repo.Create(t.Context(), token))
		require.NoError(t, repo.RevokeFamily(t.Context(), token.FamilyID, now))
		requireKind(t, apperr.Stale, repo.Exchange(t.Context(), token.Hash, successor(token, now), now))
	})

	t.Run("an unknown token is not found", func(t *testing.T) {
		repo, user := newRepo(t)
		_, err := repo.ByHash(t.Context(), []byte("unknown"))
		requireKind(t, apperr.NotFound, err)
		requireKind(t, apperr.Stale, repo.Exchange(t.Context(), []byte("unknown"), sampleRefreshToken(user, now), now))
	})

	t.Run("hashes are unique", func(t *testing.T) {
		repo, user := newRepo(t)
		token, other := sampleRefreshToken(user, now), sampleRefreshToken(user, now)
		other.Hash = token.Hash
		require.NoError(t, repo.Create(t.Context(), token))
		requireKind(t, apperr.Conflict, repo.Create(t.Context(), other))
	})

	t.Run("revoking a family includes tokens created later", func(t *testing.T) {
		repo, user := newRepo(t)
		first, stranger := sampleRefreshToken(user, now), sampleRefreshToken(user, now)
		second := successor(first, now)
		require.NoError(t, repo.Create(t.Context(), first))
		require.NoError(t, repo.Create(t.Context(), stranger))
		require.NoError(t, repo.RevokeFamily(t.Context(), first.FamilyID, now))
		require.NoError(t, repo.RevokeFamily(t.Context(), first.FamilyID, now.Add(time.Minute)))
		require.NoError(t, repo.Create(t.Context(), second))

		for _, token := range []models.RefreshToken{first, second} {
			read, err := repo.ByHash(t.Context(), token.Hash)
			require.NoError(t, err)
			require.Equal(t, &now, read.RevokedAt)
		}
		read, err := repo.ByHash(t.Context(), stranger.Hash)
		require.NoError(t, err)
		require.Nil(t, read.RevokedAt)
	})

	t.Run("expired tokens are deleted in batches", func(t *testing.T) {
		repo, user := newRepo(t)
		alive := sampleRefreshToken(user, now)
		require.NoError(t, repo.Create(t.Context(), alive))
		expired := sampleRefreshToken(user, now)
		expired.ExpiresAt = now
		for range 3 {
			require.NoError(t, repo.Create(t.Context(), expired))
			expired = successor(expired, now)
		}

		for _, want := range []int64{2, 1, 0} {
			deleted, err := repo.DeleteExpired(t.Context(), now, 2)
			require.NoError(t, err)
			require.Equal(t, want, deleted)
		}
		_, err := repo.ByHash(t.Context(), alive.Hash)
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

// successor returns the next token of a family.
func successor(token models.RefreshToken, now time.Time) models.RefreshToken {
	next := sampleRefreshToken(token.UserID, now)
	next.FamilyID = token.FamilyID
	next.ExpiresAt = token.ExpiresAt
	return next
}
