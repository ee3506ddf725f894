package app

import (
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/services"
)

// repositories holds the repositories of the service.
type repositories struct {
	Users    auth.UserRepository
	Sessions auth.SessionRepository
	Tasks    services.TaskRepository
}

// memoryRepositories returns repositories that lose their data when the process
// stops.
func memoryRepositories() repositories {
	var r repositories
	r.Users = memory.NewUsers()
	r.Sessions = memory.NewSessions()
	r.Tasks = memory.NewTasks()
	return r
}
