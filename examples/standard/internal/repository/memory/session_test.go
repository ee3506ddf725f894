package memory_test

import (
	"testing"

	"github.com/google/uuid"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/repositorytest"
)

func TestSessions(t *testing.T) {
	repositorytest.Sessions(t, func(*testing.T) (auth.SessionRepository, [2]uuid.UUID) {
		return memory.NewSessions(), [2]uuid.UUID{uuid.New(), uuid.New()}
	})
}
