-- +goose Up
CREATE TABLE "users" (
    "id" uuid PRIMARY KEY,
    "email" text NOT NULL,
    "password_hash" text NOT NULL,
    "role" text NOT NULL,
    "created_at" timestamptz NOT NULL,
    CONSTRAINT "users__email_key" UNIQUE ("email")
);

-- +goose Down
DROP TABLE "users";
