-- +goose Up
-- Rows from before there were users belong to nobody, and nobody sees them
-- until they are given to a user. The default stays: a version of the service
-- that knows no owners can still write while this one is being rolled out.
ALTER TABLE "tasks" ADD COLUMN "owner_id" uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
CREATE INDEX "tasks__owner_id_idx" ON "tasks" ("owner_id", "id");

-- +goose Down
ALTER TABLE "tasks" DROP COLUMN "owner_id";
