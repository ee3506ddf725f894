package app

import (
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/services"
)

// repositories holds the repositories of the service.
type repositories struct {
	Users         auth.UserRepository
	RefreshTokens auth.RefreshTokenRepository
	Tasks         services.TaskRepository
}

// memoryRepositories returns repositories that lose their data when the process
// stops.
func memoryRepositories() repositories {
	var r repositories
	r.Users = memory.NewUsers()
	r.RefreshTokens = memory.NewRefreshTokens()
	r.Tasks = memory.NewTasks()
	return r
}
