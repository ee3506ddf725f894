-- +goose Up
-- All queries select the rows of one owner, and values are unique per owner.
ALTER TABLE "customers"
    DROP CONSTRAINT "customers__email_key",
    ADD CONSTRAINT "customers__email_key" UNIQUE ("owner_id", "email");

-- +goose Down
-- This fails if two owners have the same value.
ALTER TABLE "customers"
    DROP CONSTRAINT "customers__email_key",
    ADD CONSTRAINT "customers__email_key" UNIQUE ("email");
