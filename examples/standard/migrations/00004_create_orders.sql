-- +goose Up
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    customer_id uuid NOT NULL,
    invoice_to_id uuid,
    total numeric(21, 6) NOT NULL CHECK (total >= 0),
    status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'sent')),
    note text CHECK (char_length(note) <= 10000),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (owner_id, id),
    FOREIGN KEY (owner_id, customer_id) REFERENCES customers (owner_id, id) ON DELETE CASCADE,
    FOREIGN KEY (owner_id, invoice_to_id) REFERENCES customers (owner_id, id) ON DELETE SET NULL (invoice_to_id)
);

CREATE INDEX orders_owner_id_customer_id_id_idx ON orders (owner_id, customer_id, id);
CREATE INDEX orders_owner_id_invoice_to_id_id_idx ON orders (owner_id, invoice_to_id, id);
CREATE INDEX orders_owner_id_total_id_idx ON orders (owner_id, total, id);
CREATE INDEX orders_owner_id_status_id_idx ON orders (owner_id, status, id);

-- +goose Down
DROP TABLE orders;
