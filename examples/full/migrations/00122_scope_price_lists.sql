-- +goose Up
-- All queries select the rows of one owner, and values are unique per owner.
ALTER TABLE "price_lists"
    DROP CONSTRAINT "price_lists__title_key",
    ADD CONSTRAINT "price_lists__title_key" UNIQUE ("owner_id", "title");
DROP INDEX "price_lists__currency_idx";
CREATE INDEX "price_lists__currency_idx" ON "price_lists" ("owner_id", "currency", "id");

-- +goose Down
-- This fails if two owners have the same value.
ALTER TABLE "price_lists"
    DROP CONSTRAINT "price_lists__title_key",
    ADD CONSTRAINT "price_lists__title_key" UNIQUE ("title");
DROP INDEX "price_lists__currency_idx";
CREATE INDEX "price_lists__currency_idx" ON "price_lists" ("currency", "id");
