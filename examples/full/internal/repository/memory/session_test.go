package memory_test

import (
	"testing"

	"github.com/google/uuid"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
)

func TestSessions(t *testing.T) {
	repositorytest.Sessions(t, func(*testing.T) (auth.SessionRepository, [2]uuid.UUID) {
		return memory.NewSessions(), [2]uuid.UUID{uuid.New(), uuid.New()}
	})
}
