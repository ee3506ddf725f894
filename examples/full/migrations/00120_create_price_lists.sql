-- +goose Up
CREATE TABLE "price_lists" (
    "id" uuid PRIMARY KEY,
    "version" bigint NOT NULL,
    "created_at" timestamptz NOT NULL,
    "updated_at" timestamptz NOT NULL,
    "title" text NOT NULL,
    "currency" text NOT NULL,
    "discount" double precision,
    "valid_from" date NOT NULL,
    CONSTRAINT "price_lists__title_key" UNIQUE ("title")
);

CREATE INDEX "price_lists__currency_idx" ON "price_lists" ("currency", "id");

-- +goose Down
DROP TABLE "price_lists";
