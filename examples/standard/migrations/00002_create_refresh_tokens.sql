-- +goose Up
CREATE TABLE "refresh_tokens" (
    "id" uuid PRIMARY KEY,
    "family_id" uuid NOT NULL,
    "user_id" uuid NOT NULL,
    "hash" bytea NOT NULL,
    "created_at" timestamptz NOT NULL,
    "expires_at" timestamptz NOT NULL,
    "used_at" timestamptz,
    "revoked_at" timestamptz,
    CONSTRAINT "refresh_tokens__hash_key" UNIQUE ("hash"),
    CONSTRAINT "refresh_tokens__user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "refresh_tokens__family_id_idx" ON "refresh_tokens" ("family_id", "expires_at");
CREATE INDEX "refresh_tokens__user_id_idx" ON "refresh_tokens" ("user_id");

-- +goose Down
DROP TABLE "refresh_tokens";
