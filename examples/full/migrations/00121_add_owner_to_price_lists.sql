-- +goose Up
-- Rows from before there were users belong to nobody, and nobody sees them
-- until they are given to a user. The default stays: a version of the service
-- that knows no owners can still write while this one is being rolled out.
ALTER TABLE "price_lists" ADD COLUMN "owner_id" uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
CREATE INDEX "price_lists__owner_id_idx" ON "price_lists" ("owner_id", "id");

-- +goose Down
ALTER TABLE "price_lists" DROP COLUMN "owner_id";
