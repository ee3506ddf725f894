package app

import (
	"example.com/hello-api/internal/repository/memory"
	"example.com/hello-api/internal/services"
)

// repositories holds the repositories of the service.
type repositories struct {
	Tasks services.TaskRepository
}

// memoryRepositories returns repositories that lose their data when the process
// stops.
func memoryRepositories() repositories {
	var r repositories
	r.Tasks = memory.NewTasks()
	return r
}
