-- +goose Up
-- Existing rows have no owner. They are not visible to anyone until an owner is
-- assigned. The default remains in place, because the previous version of the
-- service still inserts rows without owners during the rollout.
ALTER TABLE "price_lists" ADD COLUMN "owner_id" uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
CREATE INDEX "price_lists__owner_id_idx" ON "price_lists" ("owner_id", "id");

-- +goose Down
ALTER TABLE "price_lists" DROP COLUMN "owner_id";
