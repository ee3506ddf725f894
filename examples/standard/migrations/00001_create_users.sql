-- +goose Up
CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (char_length(email) <= 254),
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('user', 'admin')),
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    last_login_at timestamptz
);

-- +goose Down
DROP TABLE users;
