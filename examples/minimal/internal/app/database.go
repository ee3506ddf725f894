package app

import "context"

func (a *App) openDatabase(context.Context) error {
	a.repositories = memoryRepositories()
	return nil
}
