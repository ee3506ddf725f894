package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	// keysPause is the least time between two requests for the provider's keys,
	// so that tokens with made-up key ids do not turn into requests to it.
	keysPause = 10 * time.Second

	// maxKeysBytes is more than any set of keys takes.
	maxKeysBytes = 1 << 20
)

// algorithms are those that tokens may be signed with. All of them have a
// public key: with a shared secret, whoever can verify a token can forge one.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512,
	jose.PS256, jose.PS384, jose.PS512,
	jose.ES256, jose.ES384, jose.ES512,
	jose.EdDSA,
}

// keySet holds the public keys of the provider. They are kept while it is away,
// and asked for again when a token was signed by one that may not be among them.
type keySet struct {
	url    string
	client *http.Client

	mu    sync.RWMutex
	keys  []jose.JSONWebKey
	asked time.Time
	err   error // of the last request

	asking singleflight.Group
}

// verify returns the payload of a token that one of the keys has signed. While
// that cannot be told, the error is apperr.Unavailable.
func (k *keySet) verify(ctx context.Context, token *jose.JSONWebSignature) ([]byte, error) {
	header := token.Signatures[0].Header
	keys := k.named(header)
	payload, ok := verifyWith(keys, token)
	if ok {
		return payload, nil
	}
	// Without a name, the key may be one that has been added since.
	if len(keys) == 0 || header.KeyID == "" {
		err := k.askAgain(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		payload, ok = verifyWith(k.named(header), token)
	}
	if !ok {
		return nil, errors.New("the token was not signed by a known key")
	}
	return payload, nil
}

// verifyWith returns the payload of a token that one of some keys has signed.
func verifyWith(keys []jose.JSONWebKey, token *jose.JSONWebSignature) (payload []byte, ok bool) {
	for _, key := range keys {
		payload, err := token.Verify(key)
		if err == nil {
			return payload, true
		}
	}
	return nil, false
}

// named returns the keys that the header of a token may mean.
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

// askAgain asks for the keys, unless that was done a moment ago.
func (k *keySet) askAgain(ctx context.Context) error {
	k.mu.RLock()
	recent, err := time.Since(k.asked) < keysPause, k.err
	k.mu.RUnlock()
	if recent {
		return err
	}
	return k.ask(ctx)
}

// ask asks the provider for its keys. Those who ask at the same time share one
// request, which goes on when one of them leaves.
func (k *keySet) ask(ctx context.Context) error {
	asked := k.asking.DoChan("", func() (any, error) {
		keys, err := k.fetch(context.WithoutCancel(ctx))
		k.mu.Lock()
		defer k.mu.Unlock()
		k.asked, k.err = time.Now(), err
		if err == nil {
			k.keys = keys
		}
		return nil, err
	})
	select {
	case result := <-asked:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for the keys: %w", err)
	}
	answer, err := k.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask for the keys: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for the keys: %s", answer.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	err = json.NewDecoder(io.LimitReader(answer.Body, maxKeysBytes)).Decode(&set)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	return usable(set.Keys)
}

// usable returns the keys that tokens can be verified with. A provider may have
// others, of kinds that are not known here.
func usable(encoded []json.RawMessage) ([]jose.JSONWebKey, error) {
	var keys []jose.JSONWebKey
	for _, text := range encoded {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the provider has no key to verify tokens with")
	}
	return keys, nil
}
