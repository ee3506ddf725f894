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

// sealer makes values that browsers keep and can neither read nor change.
type sealer struct {
	current cipher.AEAD

	// all has the current key first, then the previous one.
	all []cipher.AEAD
}

// envelope is what is sealed.
type envelope struct {
	Expires time.Time       `json:"expires"`
	Content json.RawMessage `json:"content"`
}

// newSealer returns a sealer for a purpose: what was sealed for another one, or
// under another provider, it does not open.
func newSealer(purpose string, cfg Config) (*sealer, error) {
	var s sealer
	for _, secret := range []string{cfg.SessionKey, cfg.SessionPreviousKey} {
		if secret == "" {
			continue
		}
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose+" of "+cfg.Issuer, 32)
		if err != nil {
			return nil, fmt.Errorf("derive a key for cookies: %w", err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("make a cipher for cookies: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("make a cipher for cookies: %w", err)
		}
		s.all = append(s.all, aead)
	}
	if cfg.SessionKey == "" {
		return nil, errors.New("cookies need a key")
	}
	s.current = s.all[0]
	return &s, nil
}

// seal returns a text that opens to the content until it expires.
func (s *sealer) seal(content any, ttl time.Duration) (string, error) {
	encoded, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("seal a cookie: %w", err)
	}
	text, err := json.Marshal(envelope{Expires: time.Now().Add(ttl), Content: encoded})
	if err != nil {
		return "", fmt.Errorf("seal a cookie: %w", err)
	}
	encrypted := s.current.Seal(nil, nil, text, nil) //nolint:gosec // the cipher draws a nonce itself
	return base64.RawURLEncoding.EncodeToString(encrypted), nil
}

// open reads what was sealed.
func (s *sealer) open(sealed string, content any) error {
	encrypted, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return errors.New("the cookie is not one of ours")
	}
	for _, key := range s.all {
		text, err := key.Open(nil, nil, encrypted, nil)
		if err == nil {
			return unpack(text, content)
		}
	}
	return errors.New("the cookie is not one of ours")
}

func unpack(text []byte, content any) error {
	var e envelope
	err := json.Unmarshal(text, &e)
	if err != nil {
		return fmt.Errorf("read a cookie: %w", err)
	}
	if !time.Now().Before(e.Expires) {
		return errors.New("the cookie has expired")
	}
	return json.Unmarshal(e.Content, content)
}
