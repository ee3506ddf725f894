package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"example.com/market-api/internal/events"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var quiet = slog.New(slog.DiscardHandler)

func event() events.Event {
	return events.Event{Type: "thing.created", Resource: "thing", ID: uuid.New(), At: time.Now()}
}

func TestEveryEventIsHandledBeforeStopReturns(t *testing.T) {
	var mu sync.Mutex
	handled := map[uuid.UUID]int{}
	queue := events.NewQueue(events.Config{Capacity: 8, Workers: 4, PublishTimeout: time.Minute},
		func(_ context.Context, event events.Event) error {
			mu.Lock()
			defer mu.Unlock()
			handled[event.ID]++
			return nil
		}, quiet)
	queue.Start()

	var publishers sync.WaitGroup
	for range 10 {
		publishers.Go(func() {
			for range 100 {
				queue.Publish(t.Context(), event())
			}
		})
	}
	publishers.Wait()
	require.NoError(t, queue.Stop(t.Context()))

	require.Len(t, handled, 1000)
	for _, times := range handled {
		require.Equal(t, 1, times)
	}
	require.Equal(t, events.Stats{Capacity: 8, Published: 1000}, queue.Stats())
}

func TestPublishWaitsForRoomAndThenDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := events.NewQueue(events.Config{Capacity: 1, PublishTimeout: time.Second},
			func(context.Context, events.Event) error { return nil }, quiet)
		queue.Publish(t.Context(), event())

		began := time.Now()
		queue.Publish(t.Context(), event())
		require.Equal(t, time.Second, time.Since(began))
		require.Equal(t, events.Stats{Depth: 1, Capacity: 1, Published: 1, Dropped: 1}, queue.Stats())

		go func() {
			time.Sleep(500 * time.Millisecond)
			queue.Start()
		}()
		queue.Publish(t.Context(), event())
		synctest.Wait() // until all workers have started
		require.EqualValues(t, 2, queue.Stats().Published)
		require.NoError(t, queue.Stop(t.Context()))
	})
}

func TestAnEventIsPublishedThoughTheClientHasLeft(t *testing.T) {
	handled := make(chan events.Event, 1)
	queue := events.NewQueue(events.Config{}, func(_ context.Context, event events.Event) error {
		handled <- event
		return nil
	}, quiet)
	queue.Start()

	ctx, leave := context.WithCancel(t.Context())
	leave()
	published := event()
	queue.Publish(ctx, published)

	require.NoError(t, queue.Stop(t.Context()))
	require.Equal(t, published, <-handled)
}

func TestAHandlerThatFailsOrPanicsCostsOneEvent(t *testing.T) {
	calls := 0
	queue := events.NewQueue(events.Config{Workers: 1}, func(context.Context, events.Event) error {
		calls++
		switch calls {
		case 1:
			return errors.New("no")
		case 2:
			panic("no")
		}
		return nil
	}, quiet)
	queue.Start()
	for range 3 {
		queue.Publish(t.Context(), event())
	}
	require.NoError(t, queue.Stop(t.Context()))

	require.Equal(t, 3, calls)
	require.EqualValues(t, 2, queue.Stats().Failed)
}

func TestStopGivesUpWhenItsContextIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := events.NewQueue(events.Config{Workers: 1}, func(ctx context.Context, _ events.Event) error {
			<-ctx.Done()
			return ctx.Err()
		}, quiet)
		queue.Start()
		for range 3 {
			queue.Publish(t.Context(), event())
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, queue.Stop(ctx), context.DeadlineExceeded)

		synctest.Wait()
		require.EqualValues(t, 3, queue.Stats().Failed)
	})
}

func TestEventsAfterStopAreDropped(t *testing.T) {
	queue := events.NewQueue(events.Config{}, func(context.Context, events.Event) error { return nil }, quiet)
	queue.Start()
	require.NoError(t, queue.Stop(t.Context()))
	require.NoError(t, queue.Stop(t.Context()))

	queue.Publish(t.Context(), event())
	require.EqualValues(t, 1, queue.Stats().Dropped)
}

func TestAuditWritesTheEvent(t *testing.T) {
	var out bytes.Buffer
	published := event()
	published.RequestID = "r-1"
	require.NoError(t, events.Audit(slog.New(slog.NewJSONHandler(&out, nil)))(t.Context(), published))

	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "audit", line["msg"])
	require.Equal(t, "thing.created", line["event"])
	require.Equal(t, "thing", line["resource"])
	require.Equal(t, published.ID.String(), line["resource_id"])
	require.Equal(t, "r-1", line["request_id"])
}

func BenchmarkPublish(b *testing.B) {
	queue := events.NewQueue(events.Config{PublishTimeout: time.Minute},
		func(context.Context, events.Event) error { return nil }, quiet)
	queue.Start()
	published := event()
	for b.Loop() {
		queue.Publish(b.Context(), published)
	}
	if err := queue.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
}
