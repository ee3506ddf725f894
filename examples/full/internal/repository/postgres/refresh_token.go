package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
)

// RefreshTokens stores refresh tokens in PostgreSQL.
type RefreshTokens struct {
	table *table[models.RefreshToken]
}

// NewRefreshTokens returns a repository of refresh tokens.
func NewRefreshTokens(pool *pgxpool.Pool) *RefreshTokens {
	return &RefreshTokens{table: newTable(pool, "refresh_tokens", "refresh token", columnsOfRefreshToken)}
}

func columnsOfRefreshToken(token *models.RefreshToken) []column {
	return []column{
		{"id", &token.ID},
		{"family_id", &token.FamilyID},
		{"user_id", &token.UserID},
		{"hash", &token.Hash},
		{"created_at", &token.CreatedAt},
		{"expires_at", &token.ExpiresAt},
		{"used_at", &token.UsedAt},
		{"revoked_at", &token.RevokedAt},
	}
}

// Create stores a new token.
func (r *RefreshTokens) Create(ctx context.Context, token models.RefreshToken) error {
	return r.table.create(ctx, token)
}

// ByHash returns the token with the given hash. A token is considered revoked
// if any token of its family is. Otherwise a token created while RevokeFamily
// runs would stay valid.
func (r *RefreshTokens) ByHash(ctx context.Context, hash []byte) (models.RefreshToken, error) {
	token, err := r.table.getBy(ctx, "hash", hash)
	if err != nil {
		return models.RefreshToken{}, err
	}
	err = r.table.pool.QueryRow(ctx,
		`SELECT min("revoked_at") FROM "refresh_tokens" WHERE "family_id" = $1`, token.FamilyID).Scan(&token.RevokedAt)
	return token, r.table.translate(err)
}

// Exchange replaces a token with the next one; see auth.RefreshTokenRepository.
func (r *RefreshTokens) Exchange(ctx context.Context, hash []byte, next models.RefreshToken, now time.Time) error {
	err := pgx.BeginFunc(ctx, r.table.pool, func(tx pgx.Tx) error {
		// Concurrent calls wait here for the first one and then find the token
		// used.
		used, err := tx.Exec(ctx, `
			UPDATE "refresh_tokens" SET "used_at" = $1
			WHERE "hash" = $2 AND "used_at" IS NULL AND "revoked_at" IS NULL`, now, hash)
		if err != nil {
			return err
		}
		if used.RowsAffected() == 0 {
			return apperr.New(apperr.Stale, "refresh token was used or revoked before")
		}
		_, err = tx.Exec(ctx, r.table.insertSQL, r.table.values(&next)...)
		return err
	})
	return r.table.translate(err)
}

// RevokeFamily revokes all tokens of a family.
func (r *RefreshTokens) RevokeFamily(ctx context.Context, familyID uuid.UUID, now time.Time) error {
	_, err := r.table.pool.Exec(ctx,
		`UPDATE "refresh_tokens" SET "revoked_at" = $1 WHERE "family_id" = $2 AND "revoked_at" IS NULL`, now, familyID)
	return r.table.translate(err)
}

// DeleteExpired deletes up to limit expired tokens. The ORDER BY makes
// PostgreSQL use the index regardless of its row estimate.
func (r *RefreshTokens) DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error) {
	result, err := r.table.pool.Exec(ctx, `
		DELETE FROM "refresh_tokens" WHERE "id" = ANY (ARRAY(
			SELECT "id" FROM "refresh_tokens" WHERE "expires_at" <= $1 ORDER BY "expires_at" LIMIT $2
		))`, now, limit)
	return result.RowsAffected(), r.table.translate(err)
}
