package app

import (
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/services"
)

// repositories is where the service keeps what it is told.
type repositories struct {
	Users         auth.UserRepository
	RefreshTokens auth.RefreshTokenRepository
	Tasks         services.TaskRepository
}

// memoryRepositories forget everything at the end of the process.
func memoryRepositories() repositories {
	var r repositories
	r.Users = memory.NewUsers()
	r.RefreshTokens = memory.NewRefreshTokens()
	r.Tasks = memory.NewTasks()
	return r
}
