-- +goose Up
CREATE TABLE price_lists (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 80),
    currency text NOT NULL CHECK (currency IN ('eur', 'usd', 'gbp')),
    discount double precision CHECK (discount BETWEEN 0 AND 1),
    valid_from date NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (owner_id, id),
    UNIQUE (owner_id, title)
);

CREATE INDEX price_lists_owner_id_currency_id_idx ON price_lists (owner_id, currency, id);
CREATE INDEX price_lists_owner_id_discount_id_idx ON price_lists (owner_id, discount, id);
CREATE INDEX price_lists_owner_id_valid_from_id_idx ON price_lists (owner_id, valid_from, id);

-- +goose Down
DROP TABLE price_lists;
