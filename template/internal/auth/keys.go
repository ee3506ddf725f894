package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	// keysPause is the minimum time between two requests for the provider's
	// keys. It keeps tokens with forged key IDs from causing requests to the
	// provider.
	keysPause = 10 * time.Second

	// maxKeysBytes limits the size of the provider's key set.
	maxKeysBytes = 1 << 20
)

// algorithms are the accepted signature algorithms. All of them are asymmetric.
// With a shared secret, everyone who can verify a token can also forge one.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512,
	jose.PS256, jose.PS384, jose.PS512,
	jose.ES256, jose.ES384, jose.ES512,
	jose.EdDSA,
}

// keySet caches the public keys of the provider. It keeps them while the
// provider is unavailable, and fetches them again when a token may have been
// signed with a new key.
type keySet struct {
	url    string
	client *http.Client

	mu        sync.RWMutex
	keys      []jose.JSONWebKey
	refreshed time.Time
	err       error // of the last request

	refreshing singleflight.Group

	// version changes whenever the keys may have changed.
	version atomic.Uint64
}

// verify returns the payload of a token that was signed with one of the keys.
// If this cannot be determined, the error is apperr.Unavailable.
func (k *keySet) verify(ctx context.Context, token *jose.JSONWebSignature) ([]byte, error) {
	header := token.Signatures[0].Header
	keys := k.named(header)
	payload, ok := verifyWith(keys, token)
	if ok {
		return payload, nil
	}
	// Without a key ID, the token may have been signed with a new key.
	if len(keys) == 0 || header.KeyID == "" {
		err := k.refreshIfDue(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		payload, ok = verifyWith(k.named(header), token)
	}
	if !ok {
		return nil, errors.New("the token was not signed with a known key")
	}
	return payload, nil
}

// verifyWith returns the payload of a token that was signed with one of the
// keys.
func verifyWith(keys []jose.JSONWebKey, token *jose.JSONWebSignature) (payload []byte, ok bool) {
	for _, key := range keys {
		payload, err := token.Verify(key)
		if err == nil {
			return payload, true
		}
	}
	return nil, false
}

// named returns the keys that match the header of a token.
func (k *keySet) named(header jose.Header) []jose.JSONWebKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var keys []jose.JSONWebKey
	for _, key := range k.keys {
		if (header.KeyID == "" || key.KeyID == header.KeyID) && (key.Algorithm == "" || key.Algorithm == header.Algorithm) {
			keys = append(keys, key)
		}
	}
	return keys
}

// refreshIfDue fetches the keys, unless they were fetched a moment ago.
func (k *keySet) refreshIfDue(ctx context.Context) error {
	k.mu.RLock()
	recent, err := time.Since(k.refreshed) < keysPause, k.err
	k.mu.RUnlock()
	if recent {
		return err
	}
	return k.refresh(ctx)
}

// refresh fetches the keys from the provider. Concurrent callers share one
// request, which continues if one of them gives up.
func (k *keySet) refresh(ctx context.Context) error {
	done := k.refreshing.DoChan("", func() (any, error) {
		keys, err := k.fetch(context.WithoutCancel(ctx))
		k.mu.Lock()
		defer k.mu.Unlock()
		k.refreshed, k.err = time.Now(), err
		if err == nil {
			k.keys = keys
			k.version.Add(1)
		}
		return nil, err
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch the keys: %w", err)
	}
	response, err := k.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch the keys: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the keys: %s", response.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	err = json.NewDecoder(io.LimitReader(response.Body, maxKeysBytes)).Decode(&set)
	if err != nil {
		return nil, fmt.Errorf("decode the keys: %w", err)
	}
	return usable(set.Keys)
}

// usable returns the keys that can verify tokens. A provider may have other
// keys, of unknown types.
func usable(encoded []json.RawMessage) ([]jose.JSONWebKey, error) {
	var keys []jose.JSONWebKey
	for _, text := range encoded {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the provider has no key that can verify tokens")
	}
	return keys, nil
}
