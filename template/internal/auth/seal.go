package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// sealer encrypts and authenticates values that browsers store, so that clients
// can neither read nor modify them.
type sealer struct {
	current cipher.AEAD

	// all holds the current key, followed by the previous one.
	all []cipher.AEAD
}

// envelope is the encrypted value.
type envelope struct {
	Expires time.Time       `json:"expires"`
	Content json.RawMessage `json:"content"`
}

// newSealer returns a sealer for a purpose. It cannot open values that were
// sealed for another purpose or another provider.
func newSealer(purpose string, cfg Config) (*sealer, error) {
	var s sealer
	for _, secret := range []string{cfg.SessionKey, cfg.SessionPreviousKey} {
		if secret == "" {
			continue
		}
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose+" of "+cfg.Issuer, 32)
		if err != nil {
			return nil, fmt.Errorf("derive the cookie key: %w", err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("create the cookie cipher: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("create the cookie cipher: %w", err)
		}
		s.all = append(s.all, aead)
	}
	if cfg.SessionKey == "" {
		return nil, errors.New("the session key is empty")
	}
	s.current = s.all[0]
	return &s, nil
}

// seal encrypts the content. It can be opened until the TTL has passed.
func (s *sealer) seal(content any, ttl time.Duration) (string, error) {
	encoded, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("seal a cookie: %w", err)
	}
	text, err := json.Marshal(envelope{Expires: time.Now().Add(ttl), Content: encoded})
	if err != nil {
		return "", fmt.Errorf("seal a cookie: %w", err)
	}
	encrypted := s.current.Seal(nil, nil, text, nil) //nolint:gosec // the cipher generates the nonce
	return base64.RawURLEncoding.EncodeToString(encrypted), nil
}

// open decrypts a sealed value.
func (s *sealer) open(sealed string, content any) error {
	encrypted, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return errors.New("the cookie is invalid")
	}
	for _, key := range s.all {
		text, err := key.Open(nil, nil, encrypted, nil)
		if err == nil {
			return unpack(text, content)
		}
	}
	return errors.New("the cookie is invalid")
}

func unpack(text []byte, content any) error {
	var e envelope
	err := json.Unmarshal(text, &e)
	if err != nil {
		return fmt.Errorf("decode the cookie: %w", err)
	}
	if !time.Now().Before(e.Expires) {
		return errors.New("the cookie has expired")
	}
	return json.Unmarshal(e.Content, content)
}
