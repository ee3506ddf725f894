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

	"example.com/shop-api/internal/correlation"
	"example.com/shop-api/internal/events"
	"example.com/shop-api/pkg/logger"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var quiet = slog.New(slog.DiscardHandler)

func event() events.Event {
	return events.Event{Type: "thing.created", Resource: "thing", ID: uuid.New(), At: time.Now()}
}

func TestStopWaitsForQueuedEvents(t *testing.T) {
	// With synctest, publishers do not time out on a slow machine.
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		handled := map[uuid.UUID]int{}
		queue := events.NewQueue(events.Config{Capacity: 8, Workers: 4},
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
		require.Equal(t, events.Stats{Capacity: 8, Workers: 4, Published: 1000}, queue.Stats())
	})
}

func TestPublishDropsEventAfterTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := events.NewQueue(events.Config{Capacity: 1, Workers: 4},
			func(context.Context, events.Event) error { return nil }, quiet)
		queue.Publish(t.Context(), event())

		began := time.Now()
		queue.Publish(t.Context(), event())
		require.Equal(t, 100*time.Millisecond, time.Since(began))
		require.Equal(t, events.Stats{Depth: 1, Capacity: 1, Workers: 4, Published: 1, Dropped: 1}, queue.Stats())

		go func() {
			time.Sleep(50 * time.Millisecond)
			queue.Start()
		}()
		queue.Publish(t.Context(), event())
		synctest.Wait() // until all workers have started
		require.EqualValues(t, 2, queue.Stats().Published)
		require.NoError(t, queue.Stop(t.Context()))
	})
}

func TestPublishIgnoresCancellation(t *testing.T) {
	handled := make(chan events.Event, 1)
	queue := events.NewQueue(events.Config{Capacity: 1, Workers: 1}, func(ctx context.Context, event events.Event) error {
		handled <- event
		return ctx.Err()
	}, quiet)
	queue.Start()

	ctx, leave := context.WithCancel(t.Context())
	leave()
	published := event()
	queue.Publish(ctx, published)

	require.NoError(t, queue.Stop(t.Context()))
	require.Equal(t, published, <-handled)
	require.Zero(t, queue.Stats().Failed)
}

func TestEventKeepsContextValues(t *testing.T) {
	var out bytes.Buffer
	log := logger.New(&out, logger.Config{Context: correlation.Attrs})
	queue := events.NewQueue(events.Config{Capacity: 2, Workers: 1}, func(ctx context.Context, event events.Event) error {
		return errors.Join(events.Audit(log)(ctx, event), errors.New("no"))
	}, log)
	queue.Start()
	queue.Publish(correlation.WithRequestID(t.Context(), "r-1"), event())
	require.NoError(t, queue.Stop(t.Context()))

	lines := json.NewDecoder(&out)
	for _, message := range []string{"audit", "event failed"} {
		var line map[string]any
		require.NoError(t, lines.Decode(&line))
		require.Equal(t, message, line["msg"])
		require.Equal(t, "r-1", line["request_id"])
	}
}

func TestHandlerFailureAffectsOneEvent(t *testing.T) {
	calls := 0
	queue := events.NewQueue(events.Config{Capacity: 3, Workers: 1}, func(context.Context, events.Event) error {
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

func TestStopReturnsWhenContextIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := events.NewQueue(events.Config{Capacity: 3, Workers: 1}, func(ctx context.Context, _ events.Event) error {
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
	queue := events.NewQueue(events.Config{Capacity: 1, Workers: 1}, func(context.Context, events.Event) error { return nil }, quiet)
	queue.Start()
	require.NoError(t, queue.Stop(t.Context()))
	require.NoError(t, queue.Stop(t.Context()))

	queue.Publish(t.Context(), event())
	require.EqualValues(t, 1, queue.Stats().Dropped)
}

func TestAuditLogsEvent(t *testing.T) {
	var out bytes.Buffer
	published := event()
	require.NoError(t, events.Audit(slog.New(slog.NewJSONHandler(&out, nil)))(t.Context(), published))

	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "audit", line["msg"])
	require.Equal(t, "thing.created", line["event"])
	require.Equal(t, "thing", line["resource"])
	require.Equal(t, published.ID.String(), line["resource_id"])
}

func BenchmarkPublish(b *testing.B) {
	queue := events.NewQueue(events.Config{Capacity: 1024, Workers: 4},
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
