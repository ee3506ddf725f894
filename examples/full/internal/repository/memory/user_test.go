package memory_test

import (
	"testing"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
)

func TestUsers(t *testing.T) {
	repositorytest.Users(t, func(*testing.T) auth.UserRepository {
		return memory.NewUsers()
	})
}
