package cached_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/outage"
	"example.com/shop-api/internal/repository"
	"example.com/shop-api/internal/repository/cached"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/repositorytest"
)

func newCache(t *testing.T, server *miniredis.Miniredis) *cache.Store {
	t.Helper()
	client, err := cache.Open("redis://"+server.Addr(), time.Second, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	cfg := cache.Config{TTL: time.Minute, Timeout: time.Second}
	return cache.New(client, cfg, outage.New("redis", slog.New(slog.DiscardHandler)))
}

func TestStore(t *testing.T) {
	server := miniredis.RunT(t)
	cache := newCache(t, server)
	repositorytest.Test(t, true, func(*testing.T) repository.Store {
		return cached.NewStore(memory.NewStore(), cache)
	})
	require.NotZero(t, cache.Stats().Hits)

	// No change is still in progress.
	for _, key := range server.Keys() {
		value, err := server.Get(key)
		require.NoError(t, err)
		require.False(t, strings.HasPrefix(value, "lease:"), key)
	}
}

// slow is a repository whose reads wait.
type slow struct {
	repository.Customers

	owner   uuid.UUID
	begun   chan struct{}
	proceed chan struct{}
}

func (s slow) Get(_ context.Context, scope models.Scope, id uuid.UUID) (models.Customer, error) {
	close(s.begun)
	<-s.proceed
	if !scope.Includes(s.owner) {
		return models.Customer{}, apperr.New(apperr.NotFound, "not found")
	}
	return models.Customer{ID: id, OwnerID: s.owner}, nil
}

// The owner of an item waits for the same read as a stranger.
func TestStrangersDoNotHideAnItemFromItsOwner(t *testing.T) {
	next := slow{owner: uuid.New(), begun: make(chan struct{}), proceed: make(chan struct{})}
	repo, id := cached.NewCustomers(next, newCache(t, miniredis.RunT(t))), uuid.New()
	get := func(user uuid.UUID) <-chan error {
		failed := make(chan error, 1)
		go func() {
			_, err := repo.Get(t.Context(), models.Scope{Owner: user}, id)
			failed <- err
		}()
		return failed
	}
	stranger := get(uuid.New())
	<-next.begun
	owner := get(next.owner)
	time.Sleep(50 * time.Millisecond) // until the owner waits, too
	close(next.proceed)

	require.NoError(t, <-owner)
	require.Equal(t, apperr.NotFound, apperr.KindOf(<-stranger))
}

func TestStoreWithoutRedis(t *testing.T) {
	server := miniredis.RunT(t)
	cache := newCache(t, server)
	server.Close()
	repositorytest.Test(t, true, func(*testing.T) repository.Store {
		return cached.NewStore(memory.NewStore(), cache)
	})
}
