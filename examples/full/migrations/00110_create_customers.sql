-- +goose Up
CREATE TABLE "customers" (
    "id" uuid PRIMARY KEY,
    "version" bigint NOT NULL,
    "created_at" timestamptz NOT NULL,
    "updated_at" timestamptz NOT NULL,
    "email" text NOT NULL,
    "name" text NOT NULL,
    "birthday" date,
    "newsletter" boolean NOT NULL,
    CONSTRAINT "customers__email_key" UNIQUE ("email")
);

-- +goose Down
DROP TABLE "customers";
