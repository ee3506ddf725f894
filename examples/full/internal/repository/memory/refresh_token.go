package memory

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
)

// RefreshTokens keeps the refresh tokens in memory.
type RefreshTokens struct {
	mu     sync.Mutex
	tokens map[string]models.RefreshToken // by hash
}

// NewRefreshTokens returns a repository without tokens.
func NewRefreshTokens() *RefreshTokens {
	return &RefreshTokens{tokens: map[string]models.RefreshToken{}}
}

// Create stores a new token.
func (r *RefreshTokens) Create(_ context.Context, token models.RefreshToken) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	if _, exists := r.tokens[string(token.Hash)]; exists {
		return apperr.New(apperr.Conflict, "refresh token already exists")
	}
	r.tokens[string(token.Hash)] = copyRefreshToken(token)
	return nil
}

// Use marks a token as used and returns it; see auth.RefreshTokenRepository.
func (r *RefreshTokens) Use(_ context.Context, hash []byte, now time.Time) (models.RefreshToken, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	token, exists := r.tokens[string(hash)]
	if !exists {
		return models.RefreshToken{}, apperr.New(apperr.NotFound, "refresh token not found")
	}
	used := token.UsedAt != nil
	if !used {
		token.UsedAt = &now
		r.tokens[string(hash)] = token
	}

	token.RevokedAt = r.revokedAt(token.FamilyID)
	token = copyRefreshToken(token)
	if used {
		return token, apperr.New(apperr.Stale, "refresh token was used before")
	}
	return token, nil
}

// RevokeFamily revokes every token of a family.
func (r *RefreshTokens) RevokeFamily(_ context.Context, familyID uuid.UUID, now time.Time) error {
	r.revoke(now, func(token models.RefreshToken) bool { return token.FamilyID == familyID })
	return nil
}

// RevokeUser revokes every token of a user.
func (r *RefreshTokens) RevokeUser(_ context.Context, userID uuid.UUID, now time.Time) error {
	r.revoke(now, func(token models.RefreshToken) bool { return token.UserID == userID })
	return nil
}

// DeleteExpired deletes the families whose last token has expired.
func (r *RefreshTokens) DeleteExpired(_ context.Context, now time.Time) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	alive := map[uuid.UUID]bool{}
	for _, token := range r.tokens {
		if token.ExpiresAt.After(now) {
			alive[token.FamilyID] = true
		}
	}
	deleted := int64(0)
	for hash, token := range r.tokens {
		if !alive[token.FamilyID] {
			delete(r.tokens, hash)
			deleted++
		}
	}
	return deleted, nil
}

func (r *RefreshTokens) revoke(now time.Time, match func(models.RefreshToken) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	for hash, token := range r.tokens {
		if match(token) && token.RevokedAt == nil {
			token.RevokedAt = &now
			r.tokens[hash] = token
		}
	}
}

// revokedAt returns when the first token of a family was revoked. The caller
// holds the lock.
func (r *RefreshTokens) revokedAt(familyID uuid.UUID) *time.Time {
	var first *time.Time
	for _, token := range r.tokens {
		if token.FamilyID != familyID || token.RevokedAt == nil {
			continue
		}
		if first == nil || token.RevokedAt.Before(*first) {
			first = token.RevokedAt
		}
	}
	return first
}

// copyRefreshToken returns a copy of token that shares no memory with it.
func copyRefreshToken(token models.RefreshToken) models.RefreshToken {
	token.Hash = bytes.Clone(token.Hash)
	if token.UsedAt != nil {
		token.UsedAt = new(*token.UsedAt)
	}
	if token.RevokedAt != nil {
		token.RevokedAt = new(*token.RevokedAt)
	}
	return token
}
