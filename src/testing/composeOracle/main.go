// Prints what compose-go, the library under `docker compose`, makes of compose files: the resolved project as JSON.
// It is the judge of src/engine/imports/compose, used by tests only and part of no package that is delivered.
//
//	composeoracle < cases.json > answers.json
//
// Each case names a folder, files in it, profiles and env files; each answer holds the project or the refusal's text.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
)

type testCase struct {
	Name     string   `json:"name"`
	Folder   string   `json:"folder"`
	Files    []string `json:"files"`
	Profiles []string `json:"profiles"`
	EnvFiles []string `json:"envFiles"`
	// Env holds "NAME=value"; the environment of this process is never looked at.
	Env []string `json:"env"`
}

type answer struct {
	Name    string          `json:"name"`
	Project json.RawMessage `json:"project,omitempty"`
	Refused string          `json:"refused,omitempty"`
}

func resolve(one testCase) (json.RawMessage, error) {
	files := make([]string, len(one.Files))
	for i, file := range one.Files {
		files[i] = filepath.Join(one.Folder, file)
	}
	envFiles := make([]string, len(one.EnvFiles))
	for i, file := range one.EnvFiles {
		envFiles[i] = filepath.Join(one.Folder, file)
	}
	options, err := cli.NewProjectOptions(files,
		cli.WithEnv(one.Env),
		cli.WithEnvFiles(envFiles...),
		cli.WithDotEnv,
		cli.WithDefaultProfiles(one.Profiles...),
	)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, len(cases))
	for i, one := range cases {
		project, err := resolve(one)
		answers[i] = answer{Name: one.Name, Project: project}
		if err != nil {
			answers[i].Project, answers[i].Refused = nil, err.Error()
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
