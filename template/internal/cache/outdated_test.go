package cache

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Redis removes the key for one change, while another change begins.
func TestLaterMarkRemains(t *testing.T) {
	marks := outdated{lasts: time.Minute, keys: map[string]mark{}}
	marks.add("key")
	removed := marks.now()
	marks.add("key")

	marks.remove("key", removed)
	require.True(t, marks.contains("key"))
	require.Equal(t, []string{"key"}, marks.list())

	marks.remove("key", marks.now())
	require.False(t, marks.contains("key"))
	require.Empty(t, marks.list())
}
