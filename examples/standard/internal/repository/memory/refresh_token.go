package memory

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

// RefreshTokens stores refresh tokens in memory.
type RefreshTokens struct {
	mu     sync.Mutex
	tokens map[string]models.RefreshToken // by hash
}

// NewRefreshTokens returns an empty repository.
func NewRefreshTokens() *RefreshTokens {
	return &RefreshTokens{tokens: map[string]models.RefreshToken{}}
}

// Create stores a new token.
func (r *RefreshTokens) Create(_ context.Context, token models.RefreshToken) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.add(token)
}

// ByHash returns the token with the given hash; see
// auth.RefreshTokenRepository.
func (r *RefreshTokens) ByHash(_ context.Context, hash []byte) (models.RefreshToken, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	token, exists := r.tokens[string(hash)]
	if !exists {
		return models.RefreshToken{}, apperr.New(apperr.NotFound, "refresh token not found")
	}
	token.RevokedAt = r.revokedAt(token.FamilyID)
	return copyRefreshToken(token), nil
}

// Exchange replaces a token with the next one; see auth.RefreshTokenRepository.
func (r *RefreshTokens) Exchange(_ context.Context, hash []byte, next models.RefreshToken, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	token, exists := r.tokens[string(hash)]
	if !exists || token.UsedAt != nil || token.RevokedAt != nil {
		return apperr.New(apperr.Stale, "refresh token was used or revoked before")
	}
	err := r.add(next)
	if err != nil {
		return err
	}
	token.UsedAt = &now
	r.tokens[string(hash)] = token
	return nil
}

// RevokeFamily revokes all tokens of a family.
func (r *RefreshTokens) RevokeFamily(_ context.Context, familyID uuid.UUID, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	for hash, token := range r.tokens {
		if token.FamilyID == familyID && token.RevokedAt == nil {
			token.RevokedAt = &now
			r.tokens[hash] = token
		}
	}
	return nil
}

// DeleteExpired deletes up to limit expired tokens.
func (r *RefreshTokens) DeleteExpired(_ context.Context, now time.Time, limit int) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	deleted := 0
	for hash, token := range r.tokens {
		if deleted < limit && !token.ExpiresAt.After(now) {
			delete(r.tokens, hash)
			deleted++
		}
	}
	return int64(deleted), nil
}

// add stores a token. The caller must hold the lock.
func (r *RefreshTokens) add(token models.RefreshToken) error {
	if _, exists := r.tokens[string(token.Hash)]; exists {
		return apperr.New(apperr.Conflict, "refresh token already exists")
	}
	r.tokens[string(token.Hash)] = copyRefreshToken(token)
	return nil
}

// revokedAt returns when the first token of a family was revoked. The caller
// must hold the lock.
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

// copyRefreshToken returns a deep copy of a token.
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
