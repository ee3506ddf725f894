-- +goose Up
CREATE TABLE customers (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email text NOT NULL CHECK (char_length(email) BETWEEN 1 AND 254),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (owner_id, id),
    UNIQUE (owner_id, email)
);

CREATE INDEX customers_owner_id_name_id_idx ON customers (owner_id, name, id);

-- +goose Down
DROP TABLE customers;
