package database

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/event"
)

func TestPoolCountsConnections(t *testing.T) {
	var pool Pool
	for _, e := range []event.PoolEvent{
		{Type: event.ConnectionPoolCreated, PoolOptions: &event.MonitorPoolOptions{MaxPoolSize: 7}},
		{Type: event.ConnectionCreated},
		{Type: event.ConnectionCheckedOut, Duration: 2 * time.Second},
		{Type: event.ConnectionCreated},
		{Type: event.ConnectionCheckedOut},
		{Type: event.ConnectionCheckOutFailed, Duration: time.Second},
		{Type: event.ConnectionCheckedIn},
		{Type: event.ConnectionCreated},
		{Type: event.ConnectionClosed},
	} {
		pool.monitor().Event(&e)
	}

	require.Equal(t, Stats{Max: 7, Open: 2, InUse: 1, Acquires: 2, Failures: 1, Waited: 3 * time.Second}, pool.Stats())
}
