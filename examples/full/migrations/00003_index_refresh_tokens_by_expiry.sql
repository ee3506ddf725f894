-- +goose NO TRANSACTION
-- +goose Up
-- Sign-ins go on while the index is built. One that was not finished is in the
-- way of the next attempt.
DROP INDEX CONCURRENTLY IF EXISTS "refresh_tokens__expires_at_idx";
CREATE INDEX CONCURRENTLY "refresh_tokens__expires_at_idx" ON "refresh_tokens" ("expires_at");

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "refresh_tokens__expires_at_idx";
