package memory_test

import (
	"testing"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/repositorytest"
)

func TestUsers(t *testing.T) {
	repositorytest.Users(t, func(*testing.T) auth.UserRepository {
		return memory.NewUsers()
	})
}
