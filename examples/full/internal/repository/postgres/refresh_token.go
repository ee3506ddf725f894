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

// RefreshTokens keeps the refresh tokens in PostgreSQL.
type RefreshTokens struct {
	table *table[models.RefreshToken]
}

// NewRefreshTokens returns a repository of the refresh tokens in the pool's
// database.
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

// Use marks a token as used and returns it; see auth.RefreshTokenRepository.
func (r *RefreshTokens) Use(ctx context.Context, hash []byte, now time.Time) (models.RefreshToken, error) {
	var token models.RefreshToken
	err := pgx.BeginFunc(ctx, r.table.pool, func(tx pgx.Tx) error {
		// Parallel calls wait here for the first one, and find the token used.
		var err error
		token, err = r.table.queryOne(ctx, tx, r.table.selectSQL+` WHERE "hash" = $1 FOR UPDATE`, hash)
		if err != nil {
			return err
		}
		// The others of a family count as revoked with the first: one that is
		// created while RevokeFamily runs would slip through otherwise.
		err = tx.QueryRow(ctx,
			`SELECT min("revoked_at") FROM "refresh_tokens" WHERE "family_id" = $1`, token.FamilyID).Scan(&token.RevokedAt)
		if err != nil {
			return err
		}
		if token.UsedAt != nil {
			return apperr.New(apperr.Stale, "refresh token was used before")
		}
		token.UsedAt = &now
		_, err = tx.Exec(ctx, `UPDATE "refresh_tokens" SET "used_at" = $1 WHERE "id" = $2`, now, token.ID)
		return err
	})
	return token, r.table.translate(err)
}

// RevokeFamily revokes every token of a family.
func (r *RefreshTokens) RevokeFamily(ctx context.Context, familyID uuid.UUID, now time.Time) error {
	_, err := r.table.pool.Exec(ctx,
		`UPDATE "refresh_tokens" SET "revoked_at" = $1 WHERE "family_id" = $2 AND "revoked_at" IS NULL`, now, familyID)
	return r.table.translate(err)
}

// RevokeUser revokes every token of a user.
func (r *RefreshTokens) RevokeUser(ctx context.Context, userID uuid.UUID, now time.Time) error {
	_, err := r.table.pool.Exec(ctx,
		`UPDATE "refresh_tokens" SET "revoked_at" = $1 WHERE "user_id" = $2 AND "revoked_at" IS NULL`, now, userID)
	return r.table.translate(err)
}

// DeleteExpired deletes the families whose last token has expired. The others
// are kept whole, so that a token that is used twice is still found out.
func (r *RefreshTokens) DeleteExpired(ctx context.Context, now time.Time) (int64, error) {
	result, err := r.table.pool.Exec(ctx, `
		DELETE FROM "refresh_tokens" WHERE "family_id" IN (
			SELECT "family_id" FROM "refresh_tokens"
			GROUP BY "family_id"
			HAVING max("expires_at") <= $1
		)`, now)
	return result.RowsAffected(), r.table.translate(err)
}
