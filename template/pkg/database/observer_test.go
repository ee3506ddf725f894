package database

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/event"
)

func TestObserverReceivesCommandOutcomes(t *testing.T) {
	type ended struct {
		command string
		failed  bool
		took    time.Duration
	}
	var got []ended
	observer := Observer(func(command string, failed bool, took time.Duration) {
		got = append(got, ended{command, failed, took})
	})
	all := monitors{observer.monitor(), observer.monitor()}.all()

	all.Started(t.Context(), &event.CommandStartedEvent{CommandName: "find"})
	all.Succeeded(t.Context(), &event.CommandSucceededEvent{CommandFinishedEvent: event.CommandFinishedEvent{CommandName: "find", Duration: time.Second}})
	all.Failed(t.Context(), &event.CommandFailedEvent{CommandFinishedEvent: event.CommandFinishedEvent{CommandName: "insert", Duration: time.Minute}})

	find, insert := ended{"find", false, time.Second}, ended{"insert", true, time.Minute}
	require.Equal(t, []ended{find, find, insert, insert}, got)
}
