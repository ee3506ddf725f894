-- +goose NO TRANSACTION
-- +goose Up
-- Build the index concurrently, so that users can sign in meanwhile. An
-- interrupted build leaves an invalid index, which must be dropped first.
DROP INDEX CONCURRENTLY IF EXISTS "refresh_tokens__expires_at_idx";
CREATE INDEX CONCURRENTLY "refresh_tokens__expires_at_idx" ON "refresh_tokens" ("expires_at");

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "refresh_tokens__expires_at_idx";
