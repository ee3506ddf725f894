-- +goose Up
-- All queries select the rows of one owner.
DROP INDEX "orders__customer_id_idx";
CREATE INDEX "orders__customer_id_idx" ON "orders" ("owner_id", "customer_id", "id");
DROP INDEX "orders__status_idx";
CREATE INDEX "orders__status_idx" ON "orders" ("owner_id", "status", "id");

-- +goose Down
DROP INDEX "orders__customer_id_idx";
CREATE INDEX "orders__customer_id_idx" ON "orders" ("customer_id", "id");
DROP INDEX "orders__status_idx";
CREATE INDEX "orders__status_idx" ON "orders" ("status", "id");
