package database

import (
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
)

// Pool counts the connections of a client across all of its servers.
type Pool struct {
	max      atomic.Uint64
	open     atomic.Int64
	inUse    atomic.Int64
	acquires atomic.Uint64
	failures atomic.Uint64
	waited   atomic.Int64
}

// Stats is a snapshot of a Pool.
type Stats struct {
	// Max is the maximum number of open connections per server.
	Max uint64

	Open  int64
	InUse int64

	// Acquires and Failures count the successful and failed attempts to get a
	// connection. Waited is the total time spent on both.
	Acquires uint64
	Failures uint64
	Waited   time.Duration
}

// Stats returns a snapshot of the pool.
func (p *Pool) Stats() Stats {
	return Stats{
		Max:      p.max.Load(),
		Open:     p.open.Load(),
		InUse:    p.inUse.Load(),
		Acquires: p.acquires.Load(),
		Failures: p.failures.Load(),
		Waited:   time.Duration(p.waited.Load()),
	}
}

func (p *Pool) monitor() *event.PoolMonitor {
	return &event.PoolMonitor{Event: p.count}
}

func (p *Pool) count(e *event.PoolEvent) {
	switch e.Type {
	case event.ConnectionPoolCreated:
		p.max.Store(e.PoolOptions.MaxPoolSize)
	case event.ConnectionCreated:
		p.open.Add(1)
	case event.ConnectionClosed:
		p.open.Add(-1)
	case event.ConnectionCheckedOut:
		p.inUse.Add(1)
		p.acquires.Add(1)
		p.waited.Add(int64(e.Duration))
	case event.ConnectionCheckOutFailed:
		p.failures.Add(1)
		p.waited.Add(int64(e.Duration))
	case event.ConnectionCheckedIn:
		p.inUse.Add(-1)
	}
}
