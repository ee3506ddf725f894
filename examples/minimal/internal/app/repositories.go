package app

import (
	"example.com/hello-api/internal/repository/memory"
	"example.com/hello-api/internal/services"
)

// repositories is where the service keeps what it is told.
type repositories struct {
	Tasks services.TaskRepository
}

// memoryRepositories forget everything at the end of the process.
func memoryRepositories() repositories {
	var r repositories
	r.Tasks = memory.NewTasks()
	return r
}
