-- +goose Up
CREATE TABLE "orders" (
    "id" uuid PRIMARY KEY,
    "version" bigint NOT NULL,
    "created_at" timestamptz NOT NULL,
    "updated_at" timestamptz NOT NULL,
    "customer_id" uuid NOT NULL,
    "total" numeric(21, 6) NOT NULL,
    "items_count" bigint NOT NULL,
    "status" text NOT NULL,
    "note" text,
    "placed_at" timestamptz NOT NULL
);

CREATE INDEX "orders__customer_id_idx" ON "orders" ("customer_id", "id");

CREATE INDEX "orders__status_idx" ON "orders" ("status", "id");

-- +goose Down
DROP TABLE "orders";
