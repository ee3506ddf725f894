-- +goose Up
CREATE TABLE "tasks" (
    "id" uuid PRIMARY KEY,
    "version" bigint NOT NULL,
    "created_at" timestamptz NOT NULL,
    "updated_at" timestamptz NOT NULL,
    "title" text NOT NULL,
    "notes" text,
    "status" text,
    "due_at" timestamptz
);

CREATE INDEX "tasks__status_idx" ON "tasks" ("status", "id");

-- +goose Down
DROP TABLE "tasks";
