-- +goose Up
-- All queries select the rows of one owner.
DROP INDEX "tasks__status_idx";
CREATE INDEX "tasks__status_idx" ON "tasks" ("owner_id", "status", "id");

-- +goose Down
DROP INDEX "tasks__status_idx";
CREATE INDEX "tasks__status_idx" ON "tasks" ("status", "id");
