-- +goose Up
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    customer_id uuid NOT NULL,
    payment_id uuid,
    total numeric(21, 6) NOT NULL CHECK (total >= 0),
    items_count bigint NOT NULL CHECK (items_count BETWEEN 1 AND 1000),
    status text NOT NULL CHECK (status IN ('new', 'paid', 'sent')),
    note text CHECK (char_length(note) <= 2000),
    placed_at timestamptz NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (owner_id, id),
    FOREIGN KEY (owner_id, customer_id) REFERENCES customers (owner_id, id)
);

CREATE INDEX orders_owner_id_customer_id_id_idx ON orders (owner_id, customer_id, id);
CREATE INDEX orders_owner_id_payment_id_id_idx ON orders (owner_id, payment_id, id);
CREATE INDEX orders_owner_id_total_id_idx ON orders (owner_id, total, id);
CREATE INDEX orders_owner_id_status_id_idx ON orders (owner_id, status, id);
CREATE INDEX orders_owner_id_placed_at_id_idx ON orders (owner_id, placed_at, id);

-- +goose Down
DROP TABLE orders;
