package integration_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository/postgres"
	"example.com/shop-api/internal/repository/repositorytest"
	"example.com/shop-api/internal/services"
)

func TestUsers(t *testing.T) {
	pool := migrated(t)
	repositorytest.Users(t, func(t *testing.T) auth.UserRepository {
		empty(t, pool, "users")
		return postgres.NewUsers(pool)
	})
}

func TestSessions(t *testing.T) {
	pool := migrated(t)
	users := postgres.NewUsers(pool)
	first, second := repositorytest.SampleUser(1), repositorytest.SampleUser(2)
	require.NoError(t, users.Create(t.Context(), first))
	require.NoError(t, users.Create(t.Context(), second))
	repositorytest.Sessions(t, func(t *testing.T) (auth.SessionRepository, [2]uuid.UUID) {
		empty(t, pool, "sessions")
		return postgres.NewSessions(pool), [2]uuid.UUID{first.ID, second.ID}
	})
}

func TestTasks(t *testing.T) {
	pool := migrated(t)
	repositorytest.Tasks(t, func(t *testing.T) services.TaskRepository {
		empty(t, pool, "tasks")
		return postgres.NewTasks(pool)
	})
}

func BenchmarkGetTask(b *testing.B) {
	repo, item := postgres.NewTasks(migrated(b)), repositorytest.SampleTask(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}

func BenchmarkListTasks(b *testing.B) {
	repo, page := postgres.NewTasks(migrated(b)), models.PageRequest{Limit: 20}
	for n := range page.Limit {
		require.NoError(b, repo.Create(b.Context(), repositorytest.SampleTask(n+1)))
	}
	filter := models.TaskFilter{OwnerID: repositorytest.SampleTask(1).OwnerID}
	for b.Loop() {
		items, err := repo.List(b.Context(), filter, page)
		require.NoError(b, err)
		require.Len(b, items, page.Limit)
	}
}
