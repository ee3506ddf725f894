-- +goose Up
-- Every query asks for the rows of one owner, and a value is unique among them.
ALTER TABLE "customers"
    DROP CONSTRAINT "customers__email_key",
    ADD CONSTRAINT "customers__email_key" UNIQUE ("owner_id", "email");

-- +goose Down
-- This fails while two owners have the same value.
ALTER TABLE "customers"
    DROP CONSTRAINT "customers__email_key",
    ADD CONSTRAINT "customers__email_key" UNIQUE ("email");
