package memory_test

import (
	"testing"

	"github.com/google/uuid"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
)

func TestRefreshTokens(t *testing.T) {
	repositorytest.RefreshTokens(t, func(*testing.T) (auth.RefreshTokenRepository, uuid.UUID) {
		return memory.NewRefreshTokens(), uuid.New()
	})
}
