package app

import (
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/services"
)

// repositories holds the repositories of the service.
type repositories struct {
	Users      auth.UserRepository
	Sessions   auth.SessionRepository
	Customers  services.CustomerRepository
	PriceLists services.PriceListRepository
	Orders     services.OrderRepository
}

// memoryRepositories returns repositories that lose their data when the process
// stops.
func memoryRepositories() repositories {
	var r repositories
	r.Users = memory.NewUsers()
	r.Sessions = memory.NewSessions()
	r.Customers = memory.NewCustomers()
	r.PriceLists = memory.NewPriceLists()
	r.Orders = memory.NewOrders()
	return r
}
