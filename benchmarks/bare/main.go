// Command bare is what the generated service is compared with: handlers on
// net/http without any middleware, that read tasks with pgx. It is built in the
// module of the service, so that both use the same versions.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type task struct {
	ID        uuid.UUID  `json:"id"`
	Version   int64      `json:"version"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	Title     string     `json:"title"`
	Notes     *string    `json:"notes"`
	Status    *string    `json:"status"`
	DueAt     *time.Time `json:"due_at"`
}

const columns = "id, version, created_at, updated_at, title, notes, status, due_at"

func (t *task) scan(row pgx.Row) error {
	return row.Scan(&t.ID, &t.Version, &t.CreatedAt, &t.UpdatedAt, &t.Title, &t.Notes, &t.Status, &t.DueAt)
}

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = 10
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /json", func(w http.ResponseWriter, _ *http.Request) {
		send(w, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /tasks/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := uuid.Parse(r.PathValue("id"))
		if err != nil {
			http.Error(w, "invalid ID", http.StatusBadRequest)
			return
		}
		var t task
		err = t.scan(pool.QueryRow(r.Context(), "SELECT "+columns+" FROM tasks WHERE id = $1", id))
		if err != nil {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		send(w, t)
	})
	mux.HandleFunc("GET /tasks", func(w http.ResponseWriter, r *http.Request) {
		rows, err := pool.Query(r.Context(), "SELECT "+columns+" FROM tasks ORDER BY id DESC LIMIT 20")
		if err != nil {
			http.Error(w, "no database", http.StatusServiceUnavailable)
			return
		}
		defer rows.Close()
		tasks := []task{}
		for rows.Next() {
			var t task
			if t.scan(rows) != nil {
				break
			}
			tasks = append(tasks, t)
		}
		send(w, map[string]any{"items": tasks})
	})
	log.Fatal(http.ListenAndServe(os.Getenv("HTTP_ADDR"), mux))
}

func send(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
