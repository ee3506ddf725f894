// Command podsecurity evaluates pods as the Pod Security admission of
// Kubernetes does, at the level "restricted".
//
//	podsecurity FILE
//
// The file contains a JSON list of pods, each with a name, metadata, and a
// spec. The command prints a line for each pod that is forbidden, and exits
// with code 1 if there is one.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type pod struct {
	Name     string            `json:"name"`
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     corev1.PodSpec    `json:"spec"`
}

func main() {
	forbidden, err := run(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if forbidden > 0 {
		os.Exit(1)
	}
}

// run prints the pods in the file that are forbidden, and returns their number.
func run(path string) (int, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var pods []pod
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&pods); err != nil {
		return 0, fmt.Errorf("decode the pods: %w", err)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return 0, err
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	forbidden := 0
	for _, p := range pods {
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &p.Metadata, &p.Spec))
		if result.Allowed {
			continue
		}
		forbidden++
		fmt.Printf("%s: %s\n", p.Name, result.ForbiddenDetail())
	}
	return forbidden, nil
}
