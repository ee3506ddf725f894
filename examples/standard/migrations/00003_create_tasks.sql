-- +goose Up
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 120),
    notes text CHECK (char_length(notes) <= 10000),
    status text NOT NULL DEFAULT 'todo' CHECK (status IN ('todo', 'doing', 'done')),
    due_at timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (owner_id, id)
);

CREATE INDEX tasks_owner_id_status_id_idx ON tasks (owner_id, status, id);

-- +goose Down
DROP TABLE tasks;
